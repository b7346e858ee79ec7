import { AppError, assertNever } from '../../core/errors.ts'
import type { FoundServer } from '../../core/types.ts'
import { type Discovered, discover } from './discovery.ts'

/** @throws AppError `unsupported` for a provider that lets no other program in with a password */
export async function findServer(address: string, signal: AbortSignal): Promise<FoundServer | null> {
  const found = await discover(address, undefined, signal)
  return found === null ? null : foundServer(found)
}

export function foundServer(found: Discovered): FoundServer {
  if (found.kind === 'unsupported') {
    const { unsupported, helpUrl, name } = found.preset
    throw new AppError('unsupported', unsupported ?? `${name} cannot be used in this way.`, { advice: `More: ${helpUrl}` })
  }
  const { via, urls, user, preset, ask } = found
  return {
    providerName: preset?.name ?? null,
    origin: origin(via),
    settings: { ...urls },
    user: preset?.user === 'ask' ? null : user,
    steps: preset?.steps ?? [],
    ...(preset === null ? {} : { helpUrl: preset.helpUrl }),
    ...(preset?.note === undefined ? {} : { note: preset.note }),
    unconfirmed: ask,
  }
}

function origin(via: Extract<Discovered, { kind: 'servers' }>['via']): string {
  switch (via) {
    case 'preset':
      return "Lifeboat's table of providers"
    case 'mx':
      return 'where the domain receives its mail'
    case 'srv':
      return "the domain's own announcement in DNS"
    case 'well-known':
      return "the domain's own web server"
    default:
      return assertNever(via)
  }
}
