import { AppError } from '../../core/errors.ts'
import type { FoundServer, PresetRequest } from '../../core/provider.ts'
import { origins } from '../shared/discovery.ts'
import { notPossible, toldOf } from '../shared/presets.ts'
import { type Discovered, discover, fromPreset } from './discovery.ts'
import { namedPreset } from './presets.ts'

/** @throws AppError `unsupported` for a provider that lets no other program in with a password */
export async function findServer(address: string, signal: AbortSignal): Promise<FoundServer | null> {
  const found = await discover(address, undefined, signal)
  return found === null ? null : foundServer(found)
}

/** @throws AppError `usage` where the server or the whole address is wanted and not given */
export function findPreset({ name, user, server }: PresetRequest): FoundServer | null {
  const preset = namedPreset(name, user)
  if (preset === null) return null
  if (preset.user === 'address' && !user.includes('@')) {
    throw new AppError('usage', `${preset.name} wants your whole address as the user name, and "${user}" is none.`, {
      advice: 'Give it with --user, e.g. --user alice@example.com',
    })
  }
  return { ...foundServer(fromPreset(preset, user, 'preset', server)), user }
}

export function foundServer(found: Discovered): FoundServer {
  if (found.kind === 'unsupported') throw notPossible(found.preset)
  const { via, urls, user, preset, ask } = found
  return {
    ...toldOf(preset),
    origin: origins[via],
    settings: { ...urls },
    user: preset?.user === 'ask' ? null : user,
    unconfirmed: ask,
  }
}
