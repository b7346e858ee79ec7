/** Why an account could not be saved the last time, and what to do. */
import type { HomeAccount } from '../../api/desktop/contract.ts'
import { useWords } from '../context.tsx'
import { FailureNote } from './failure.tsx'

export function AccountProblem({ account }: { readonly account: HomeAccount }) {
  const { t } = useWords()
  const { id, problem, browserSignIn } = account
  if (problem === null) return null
  // Where one signs in with the browser there is no password to look at.
  const isSignIn = problem.code === 'auth' && browserSignIn !== null
  return <FailureNote failure={problem} advice={isSignIn ? t('verdict.cannot-sign-in.more', { account: id }) : null} />
}
