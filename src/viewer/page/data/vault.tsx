/** The vault that the page shows, for every part of it. */
import { createContext } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'
import type { Service } from '../../../core/account.ts'
import { useGiven } from '../context.tsx'
import { type Later, useLater } from './async.ts'
import type { Library } from './library.ts'
import { type MailData, MailTable, mailData } from './mail.ts'
import type { Places } from './places.ts'
import type { VaultFiles } from './store.ts'
import { onFolderChosen } from './vault-folder.ts'

export interface Vault {
  readonly library: Library
  /** Position of the run that is looked at; the last one: now. */
  readonly asOf: number
  readonly isNow: boolean
  setAsOf(run: number): void
}

const VaultContext = createContext<Vault | null>(null)
export const VaultProvider = VaultContext.Provider

export function useVault(): Vault {
  return useGiven(VaultContext)
}

const mails = new WeakMap<Library, Promise<MailData>>()

/** Loaded once, kept. */
function mailOf(library: Library): Promise<MailData> {
  const known = mails.get(library)
  if (known) return known
  const loading = Promise.all([MailTable.load(library), library.placesOf('mail')]).then(([table, places]) =>
    mailData(table, places),
  )
  mails.set(library, loading)
  loading.catch(() => mails.delete(library))
  return loading
}

export function useMail(): Later<MailData> {
  const { library } = useVault()
  return useLater(() => mailOf(library), [library])
}

export function usePlaces(service: Service): Later<Places> {
  const { library } = useVault()
  return useLater(() => library.placesOf(service), [library, service])
}

/** The vault's files; the part is shown anew when the person has chosen the folder. */
export function useFiles(): VaultFiles | null {
  const { library } = useVault()
  const [, again] = useState(0)
  // At once: the folder may be chosen before the next frame.
  useLayoutEffect(() => onFolderChosen(() => again((n) => n + 1)), [])
  return library.store.files()
}

/** Start of a run in milliseconds, from its id (`2026-11-22T073105Z`). */
export function runTime(id: string): number {
  const [, date = '', hour = '', minute = '', second = ''] = /^(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d)/.exec(id) ?? []
  return Date.parse(`${date}T${hour}:${minute}:${second}Z`)
}
