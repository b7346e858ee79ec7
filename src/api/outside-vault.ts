/** What is taken out of a vault goes elsewhere: nothing but a backup and a proof writes into it. */
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { AppError } from '../core/errors.ts'
import { proofsFolder } from '../engine/status.ts'
import { payloadFolder } from '../vault/layout.ts'

/** @throws AppError `usage` for the vault's own folder and for what lies in its parts */
export async function refuseInVault(vault: string, folder: string): Promise<void> {
  const [own, place] = await Promise.all([realPlace(vault), realPlace(folder)])
  const parts = [payloadFolder, proofsFolder].map((name) => join(own, name))
  if (place !== own && !parts.some((part) => place === part || place.startsWith(part + sep))) return
  throw new AppError('usage', `${resolve(folder)} is a part of the vault.`, {
    advice: 'Choose another folder. The vault stays as it is.',
  })
}

/** With every link on the way followed, also where its last folders are not there yet. */
async function realPlace(path: string): Promise<string> {
  const whole = resolve(path)
  return await realpath(whole).catch(async () => {
    const above = dirname(whole)
    return above === whole ? whole : join(await realPlace(above), basename(whole))
  })
}
