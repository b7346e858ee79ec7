import type { Service } from '../../core/account.ts'
import type { Collection } from '../../core/items.ts'
import type { ArchiveSettings, Layout, Mailbox } from './layout.ts'
import { readLayout } from './read-layout.ts'

/** What the report says of a mailbox; nothing where it can be read. */
export function unreadableOf({ skipped, advice }: Mailbox): Pick<Collection, 'skipped' | 'fails' | 'advice'> {
  if (skipped === undefined) return {}
  return advice === undefined ? { skipped } : { skipped, fails: true, advice }
}

/** An archive that one source reads: what it holds, as it was last looked at. */
export class OpenArchive {
  readonly #settings: ArchiveSettings
  readonly #services: readonly Service[]
  #layout: Promise<Layout> | null = null

  constructor(settings: ArchiveSettings, services: readonly Service[]) {
    this.#settings = settings
    this.#services = services
  }

  read(signal: AbortSignal): Promise<Layout> {
    return this.#layout ?? this.readAnew(signal)
  }

  readAnew(signal: AbortSignal): Promise<Layout> {
    const closed = this.close()
    const layout = closed.then(() => readLayout(this.#settings, this.#services, signal))
    this.#layout = layout
    return layout
  }

  /** What could not be read at all is told with the mail; where no mail is wanted, with the first of the other services. */
  *unreadable(service: Service, { mailboxes }: Layout): Generator<Collection> {
    if (this.#services.includes('mail') || this.#services[0] !== service) return
    for (const mailbox of mailboxes.values()) {
      const { key, path } = mailbox
      if (mailbox.skipped !== undefined) yield { service, key: `:${key}`, path, ...unreadableOf(mailbox) }
    }
  }

  async close(): Promise<void> {
    const layout = this.#layout
    this.#layout = null
    for (const tree of (await layout?.catch(() => null))?.trees ?? []) tree.close()
  }
}
