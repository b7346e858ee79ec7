/** Why an account could not be saved the last time, and what to do. */
import type { HomeAccount } from '../../api/desktop/contract.ts'
import { useWords } from '../context.tsx'
import { FailureNote } from './failure.tsx'
import { needsPerson, WhatToDo } from './what-to-do.tsx'

export interface AccountProblemProps {
  readonly account: HomeAccount
  /** Where nothing else on the screen leads to it. */
  readonly withWay?: boolean
}

export function AccountProblem({ account, withWay = false }: AccountProblemProps) {
  const { t } = useWords()
  const { id, problem, browserSignIn } = account
  if (problem === null) return null
  // Where one signs in with the browser there is no password to look at.
  const isSignIn = problem.code === 'auth' && browserSignIn !== null
  return (
    <FailureNote failure={problem} advice={isSignIn ? t('verdict.cannot-sign-in.more', { account: id }) : null}>
      {withWay && needsPerson(problem) && <WhatToDo account={id} failure={problem} />}
    </FailureNote>
  )
}
