/** What the person chose in the app: `preferences.json` beside the accounts. Holds no secrets. */
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import { everies } from '../../engine/schedule.ts'
import { exclusively, readPrivateFile, refuseLater, writePrivateFile } from '../private-file.ts'

const diskSchema = z.object({
  /** The identity written on the disk. */
  id: z.string().min(1),
  name: z.string().min(1),
  /** Where it was last. */
  folder: z.string().min(1),
  lastSeen: z.string(),
  /** Accounts that are saved here; null: all. */
  chosen: z.array(z.string()).nullable().default(null),
})

/** Of the file. */
const version = 1

const schema = z.object({
  version: z.literal(version),
  every: z.enum(everies).default('day'),
  notifications: z.boolean().default(true),
  startAtLogin: z.boolean().default(false),
  attachments: z.boolean().default(true),
  pausedUntil: z.string().nullable().default(null),
  /** That the screens speak; null: never told. */
  language: z.enum(['en', 'de']).nullable().default(null),
  /** Account → whose it is. */
  people: z.record(z.string(), z.string()).default({}),
  disks: z.array(diskSchema).default([]),
})

export type PreferencesData = Readonly<z.infer<typeof schema>>
export type KnownDisk = Readonly<z.infer<typeof diskSchema>>

export class Preferences {
  readonly #path: string
  readonly #lock: string

  constructor(folder: string) {
    this.#path = join(folder, 'preferences.json')
    this.#lock = join(folder, 'preferences.lock')
  }

  /** @throws AppError `bad-settings` */
  async read(): Promise<PreferencesData> {
    const text = await readPrivateFile(this.#path)
    const content = text === null ? { version } : parseJson(text)
    refuseLater(this.#path, content, version)
    const parsed = schema.safeParse(content)
    if (parsed.success) return parsed.data
    throw new AppError('bad-settings', `The settings in ${this.#path} cannot be understood.`, {
      advice: 'Move the file away; you choose your disk again, and everything on it is still there.',
    })
  }

  /** Changes what is there now: other processes change it too. */
  async change(how: (data: PreferencesData) => PreferencesData): Promise<PreferencesData> {
    return await exclusively(this.#lock, async () => {
      const changed = how(await this.read())
      await writePrivateFile(this.#path, `${JSON.stringify(changed, null, 2)}\n`)
      return changed
    })
  }

  /** Adds the disk, or notes where it is now. */
  async rememberDisk(disk: Omit<KnownDisk, 'chosen'>): Promise<void> {
    await this.change((data) => {
      const known = data.disks.find(({ id }) => id === disk.id)
      const entry = { ...disk, chosen: known?.chosen ?? null }
      return {
        ...data,
        disks: known ? data.disks.map((each) => (each.id === disk.id ? entry : each)) : [...data.disks, entry],
      }
    })
  }
}
