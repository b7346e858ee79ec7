/** The way to where the person can do what a failure of an account asks for, where it `needsPerson`. */
import { useWords } from '../context.tsx'
import { routeHref } from '../route.ts'

export interface WhatToDoProps {
  readonly account: string
  readonly failure: { readonly code: string }
  readonly primary?: boolean
}

/** The person has to do something elsewhere before it is worth another try. */
export function needsPerson({ code }: { readonly code: string }): boolean {
  return code === 'locked-out' || code === 'auth'
}

export function WhatToDo({ account, failure, primary = false }: WhatToDoProps) {
  const { t } = useWords()
  const isSignIn = failure.code === 'auth'
  return (
    <a
      class={`button ${primary ? 'primary' : ''}`}
      href={isSignIn ? routeHref('account', { id: account }) : routeHref('lockout', { account })}
    >
      {t(isSignIn ? 'next.sign-in' : 'next.locked-out')}
    </a>
  )
}
