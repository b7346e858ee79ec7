import type { FoundServer, PresetRequest } from '../../core/provider.ts'
import { origins } from '../shared/discovery.ts'
import { notPossible, toldOf } from '../shared/presets.ts'
import { type Discovered, discover, fromPreset } from './discovery.ts'
import { namedPreset, presetFor } from './presets.ts'

/** @throws AppError `unsupported` for a provider that lets no other program in by IMAP */
export async function findServer(address: string, signal: AbortSignal): Promise<FoundServer | null> {
  const found = await discover(address, undefined, signal)
  return found === null ? null : foundServer(found)
}

/** A user name that is no address is taken as the server wants it. */
export function findPreset({ name, user }: PresetRequest): FoundServer | null {
  const preset = namedPreset(name, user)
  if (preset === null) return null
  const isOwnDomain = user.includes('@') && presetFor(user)?.id !== preset.id
  const found = foundServer(fromPreset(preset, user, isOwnDomain ? 'mx' : 'preset'))
  return { ...found, origin: origins.preset, user: user.includes('@') ? found.user : user }
}

function foundServer(found: Discovered): FoundServer {
  if (found.kind === 'unsupported') throw notPossible(found.preset)
  const { via, host, port, security, auth, user, preset, ask } = found
  return {
    ...toldOf(preset),
    origin: origins[via],
    settings: { host, port, security, ...(auth === 'password' ? {} : { auth }) },
    user,
    unconfirmed: ask,
  }
}
