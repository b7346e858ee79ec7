/** The words a person reads for each kind of failure, and the exit code of the command. */
import type { ErrorCode } from './errors.ts'

export interface ErrorText {
  readonly title: string
  /** What to do next, in plain words. */
  readonly advice: string
  readonly exitCode: number
}

/**
 * Exit codes. 0: all well. The codes of failures stand in `errorTexts`; these are for runs that ended without one: some items
 * are pending, removals are held back until a person decides, a backup or proof is too old, a drill proved nothing.
 */
export const exitCodes = { ok: 0, pending: 3, removalsHeldBack: 4, stale: 16, notProven: 17 } as const

export const errorTexts: Readonly<Record<ErrorCode, ErrorText>> = {
  bug: {
    title: 'Something went wrong in Lifeboat',
    advice: 'What was saved is safe. Run the same command again; if it fails again, report it.',
    exitCode: 1,
  },
  usage: { title: 'The command is not understood', advice: 'Add --help to see how it is used.', exitCode: 2 },
  auth: {
    title: 'Sign-in failed',
    advice: 'Check the user name and the password. Many providers want an app password here, not the usual one.',
    exitCode: 5,
  },
  'locked-out': {
    title: 'The provider has locked the account',
    advice: 'Nothing in the vault has changed. All of it can be used without the provider: open START HERE.html on the disk.',
    exitCode: 15,
  },
  permission: {
    title: 'Not allowed',
    advice: 'The account does not permit this. Check its settings at the provider.',
    exitCode: 5,
  },
  'disk-absent': {
    title: 'The disk is not there',
    advice: 'Plug the disk in, wait until it is shown by the system, and run the command again.',
    exitCode: 6,
  },
  'vault-absent': {
    title: 'The vault is not where it was',
    advice: 'Plug in the disk that it is on, wait until it is shown by the system, and run the command again.',
    exitCode: 6,
  },
  'disk-full': {
    title: 'The disk is full',
    advice: 'Make room on the disk or use a larger one, then run the command again: it goes on where it stopped.',
    exitCode: 7,
  },
  'disk-failed': {
    title: 'The disk does not take the data',
    advice: 'Check the cable and the disk. What was saved before is still there; run lifeboat verify once the disk works again.',
    exitCode: 7,
  },
  'vault-locked': {
    title: 'The vault is in use',
    advice: 'Wait until the other run has ended, then run the command again.',
    exitCode: 8,
  },
  corrupt: {
    title: 'The vault is damaged',
    advice:
      'Do not delete anything. Run lifeboat verify to see what is affected; the next backup fetches it anew where the provider still has it.',
    exitCode: 9,
  },
  network: {
    title: 'The server cannot be reached',
    advice: 'Check the connection to the internet and the server name, then run the command again.',
    exitCode: 10,
  },
  'rate-limit': {
    title: 'The provider asks to slow down',
    advice: 'Run the command again later; it goes on where it stopped.',
    exitCode: 10,
  },
  suspicious: {
    title: 'The server behaves in an unsafe way',
    advice: 'Nothing that was saved has changed. Check that the server name is right before you try again.',
    exitCode: 11,
  },
  'cursor-expired': {
    title: 'The provider has forgotten where the last run ended',
    advice: 'Run the command again: everything is listed anew, nothing is downloaded twice.',
    exitCode: 10,
  },
  'not-found': { title: 'Not found', advice: 'Check the name; lifeboat list shows what there is.', exitCode: 12 },
  unsupported: { title: 'Not possible here', advice: 'See lifeboat --help for what is.', exitCode: 13 },
  'bad-settings': {
    title: "Lifeboat's settings cannot be read or written",
    advice: 'Mend the file that is named, or move it away and add the accounts again. No vault is affected.',
    exitCode: 14,
  },
  cancelled: {
    title: 'Stopped',
    advice: 'What was saved so far stays. Run the command again to go on.',
    exitCode: 130,
  },
}
