/** Passwords: in the system's keyring, in a private file that the person chose, or printed by a command at the time of use. */
import { type ExecException, exec } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'
import type { SecretRef } from './config.ts'
import type { SecretPlace } from './contract.ts'
import { exclusively, readPrivateFile, refuseLater, writePrivateFile } from './private-file.ts'
import { isSealKey, newSealKey, seal, unseal } from './sealed.ts'

/** What a keyring shows as the owner of the entry. */
const keyringService = 'Lifeboat'
/** A person may have to unlock the keyring or answer the command's question. */
const commandTimeout = 60_000
/** The Windows credential manager holds 2,560 octets, in UTF-16. Of a longer secret the keyring holds the key to a file. */
const longestInKeyring = 1_000
const maxSecretLength = 16_000

/** Of the files. */
const version = 1
const secretsSchema = z.object({ version: z.literal(version), secrets: z.record(z.string(), z.string()) })

export interface SecretStore {
  /** @throws AppError `unsupported` for the keyring where none can be reached */
  tryPlace(kind: SecretPlace['kind']): Promise<void>
  /**
   * Stores the secret, or notes the command that prints it.
   * @throws AppError `unsupported` where no keyring can be reached: there is no silent second choice
   */
  put(account: string, place: SecretPlace, value: string | undefined): Promise<SecretRef>
  /**
   * Another value in the same place.
   * @throws AppError `unsupported` where a command prints the secret
   */
  replace(ref: SecretRef, value: string): Promise<void>
  /** @throws AppError with a sentence that says why the secret cannot be had */
  get(account: string, ref: SecretRef): Promise<string | null>
  /** Does nothing where there is nothing to delete. */
  remove(ref: SecretRef): Promise<void>
}

export function secretStore(configFolder: string): SecretStore {
  const file = secretFile(join(configFolder, 'secrets.json'))
  const sealed = secretFile(join(configFolder, 'sealed-secrets.json'))
  const putInKeyring = async (entry: string, secret: string) => {
    if (secret.length <= longestInKeyring) {
      await useKeyring(entry, (keyring) => keyring.setPassword(secret))
      await sealed.set(entry, null)
      return
    }
    const known = await useKeyring(entry, (keyring) => keyring.getPassword())
    const key = known !== null && isSealKey(known) ? known : newSealKey()
    // In this order, and with the key that is there: whenever this ends, the old secret or the new one can be read.
    await sealed.set(entry, seal(secret, entry, key))
    if (key !== known) await useKeyring(entry, (keyring) => keyring.setPassword(key))
  }
  return {
    async tryPlace(kind) {
      if (kind === 'keyring') await useKeyring('test', (keyring) => keyring.getPassword())
    },
    async put(account, place, value) {
      if (place.kind === 'command') return { kind: 'command', command: place.command }
      const secret = checkSecret(value)
      const entry = `${account} ${randomBytes(4).toString('hex')}`
      if (place.kind === 'keyring') await putInKeyring(entry, secret)
      else await file.set(entry, secret)
      return { kind: place.kind, entry }
    },
    async replace(ref, value) {
      const secret = checkSecret(value)
      if (ref.kind === 'keyring') await putInKeyring(ref.entry, secret)
      else if (ref.kind === 'file') await file.set(ref.entry, secret)
      else throw new AppError('unsupported', 'A command prints the secret of this account, so Lifeboat cannot store another one.')
    },
    async get(account, ref) {
      switch (ref.kind) {
        case 'keyring':
          return await opened(await useKeyring(ref.entry, (keyring) => keyring.getPassword()), ref.entry, sealed)
        case 'file':
          return await file.get(ref.entry)
        case 'command':
          return await runPasswordCommand(account, ref.command)
      }
    },
    async remove(ref) {
      if (ref.kind === 'keyring') {
        await useKeyring(ref.entry, (keyring) => keyring.deleteCredential())
        await sealed.set(ref.entry, null)
      }
      if (ref.kind === 'file') await file.set(ref.entry, null)
    },
  }
}

/** @throws AppError `auth` where the file that the keyring's key is for is gone or damaged */
async function opened(inKeyring: string | null, entry: string, sealed: ReturnType<typeof secretFile>): Promise<string | null> {
  if (inKeyring === null || !isSealKey(inKeyring)) return inKeyring
  const text = await sealed.get(entry)
  const secret = text === null ? null : unseal(text, entry, inKeyring)
  if (secret !== null) return secret
  throw new AppError('auth', 'What is stored of this sign-in is not whole any more.', {
    advice: 'Sign in again, or remove the account and add it again with the same name; the vault goes on where it is.',
  })
}

function checkSecret(value: string | undefined): string {
  if (value === undefined || value === '') throw new AppError('usage', 'The password is empty.')
  if (value.length > maxSecretLength) throw new AppError('usage', `The password is longer than ${maxSecretLength} characters.`)
  return value
}

type KeyringEntry = InstanceType<typeof import('@napi-rs/keyring').AsyncEntry>

async function useKeyring<T>(entry: string, use: (keyring: KeyringEntry) => Promise<T>): Promise<T> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring')
    // Pinned: without it the library may fall back to the kernel's keyring, which forgets everything at the next start.
    return await use(new AsyncEntry(keyringService, entry, { linux: { store: 'secret-service' } }))
  } catch {
    // The cause is left out: what a keyring's error quotes is not ours to know.
    throw new AppError(
      'unsupported',
      "The system's keyring cannot be reached or stays locked, so the password is not available.",
      {
        advice:
          'Run this in your desktop session with the keyring unlocked. Where there is no keyring, add the account with --secrets file (a file that only you can read) or with --password-command.',
      },
    )
  }
}

function secretFile(path: string) {
  const read = async (): Promise<Readonly<Record<string, string>>> => {
    const text = await readPrivateFile(path)
    if (text === null) return {}
    await refuseIfShared(path)
    const content = parseJson(text)
    refuseLater(path, content, version)
    const result = secretsSchema.safeParse(content)
    if (result.success) return result.data.secrets
    throw new AppError('bad-settings', `The passwords in ${path} cannot be understood.`, {
      advice: 'Move the file away, remove the accounts that use it and add them again. No vault is affected.',
    })
  }
  return {
    get: async (entry: string) => (await read())[entry] ?? null,
    async set(entry: string, value: string | null) {
      await exclusively(path.replace(/json$/, 'lock'), async () => {
        const { [entry]: replaced, ...others } = await read()
        if (value === null && replaced === undefined) return
        const secrets = value === null ? others : { ...others, [entry]: value }
        await writePrivateFile(path, `${JSON.stringify({ version, secrets }, null, 2)}\n`)
      })
    },
  }
}

async function refuseIfShared(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(path)
  if ((mode & 0o077) === 0) return
  throw new AppError('permission', `Other people on this computer can read the passwords in ${path}.`, {
    advice: `Change the passwords if somebody may have read them, then run: chmod 600 "${path}"`,
  })
}

/** Only the first line counts. What the command prints never becomes part of an error: it may hold the secret. */
function runPasswordCommand(account: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: commandTimeout, maxBuffer: 64 * 1024, windowsHide: true }
    const child = exec(command, options, (error, stdout) => {
      const secret = stdout.split(/\r?\n/, 1)[0] ?? ''
      if (error === null && secret !== '') resolve(secret)
      else reject(commandFailed(account, error === null ? 'printed no password' : howItEnded(error)))
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end()
  })
}

function howItEnded(error: ExecException): string {
  if (typeof error.code === 'number') return `ended with code ${error.code}`
  if (error.killed) return `took longer than ${commandTimeout / 1000} seconds`
  return error.message.includes('maxBuffer') ? 'printed too much' : 'could not be run'
}

function commandFailed(account: string, reason: string): AppError {
  return new AppError('auth', `The password command of account "${account}" ${reason}.`, {
    advice: 'Run the command by itself in a terminal: it has to print the password on its first line and end with code 0.',
  })
}
