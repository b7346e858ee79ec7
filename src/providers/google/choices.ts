/** What a person chooses about the services of a Google account, one tick each. */
import { AppError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { ServiceChoice } from '../../core/provider.ts'
import { type GoogleSettings, parseSettings } from './settings.ts'

const ofMail = ['spam', 'trash', 'drafts', 'chats'] as const
const ofFormats = ['office', 'odf', 'pdf'] as const
const ofFiles = ['revisions', 'convert'] as const

/** @throws AppError `usage` where the settings are wrong */
export function googleChoices(settings: JsonObject): readonly ServiceChoice[] {
  const { mail, files } = parseSettings(settings)
  return [
    ...ofMail.map((id): ServiceChoice => ({ id, service: 'mail', isOn: mail[id] })),
    ...ofFormats.map((id): ServiceChoice => ({ id, service: 'files', isOn: files.formats.includes(id) })),
    ...ofFiles.map((id): ServiceChoice => ({ id, service: 'files', isOn: files[id] })),
  ]
}

/** The settings with this choice. @throws AppError `usage` for the last format, and for what cannot be chosen */
export function withGoogleChoice(settings: JsonObject, id: string, isOn: boolean): JsonObject {
  const { mail, files } = parseSettings(settings)
  if (isOneOf(ofMail, id)) return { ...settings, mail: { ...mail, [id]: isOn } }
  if (isOneOf(ofFiles, id)) return { ...settings, files: { ...files, [id]: isOn } }
  if (!isOneOf(ofFormats, id)) throw new AppError('usage', `At Google there is no choice "${id}".`)
  return { ...settings, files: { ...files, formats: formatsWith(files, id, isOn) } }
}

function formatsWith({ formats }: GoogleSettings['files'], id: (typeof ofFormats)[number], isOn: boolean): string[] {
  const chosen = ofFormats.filter((format) => (format === id ? isOn : formats.includes(format)))
  if (chosen.length > 0) return chosen
  throw new AppError('usage', "Documents of Google's own would not be saved in any format.", {
    advice: 'Choose another format first.',
  })
}

function isOneOf<T extends string>(all: readonly T[], id: string): id is T {
  return (all as readonly string[]).includes(id)
}
