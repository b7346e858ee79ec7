/** What Exchange knows of a message and the `message` resource does not name: MAPI properties in Graph's spelling. */

/** [MS-OXCMSG] and [MS-OXPROPS]. */
export const messageFlags = 'Integer 0x0E07'
export const deliveryTime = 'SystemTime 0x0E06'
export const submitTime = 'SystemTime 0x0039'
/** PidTagMessageFlags: mfRead; without mfUnsent (8) it is no draft. */
export const readFlag = 1
export const unsentFlag = 8

/** PidTagLastVerbExecuted ([MS-OXOMSG] section 2.2.1.20): what the person did with it last. */
export const lastVerb = 'Integer 0x1081'
const reply = 102
const replyAll = 103
const forward = 104

/** Null where nothing is known of it. */
export function verbIn({ singleValueExtendedProperties }: WithProperties): string | null {
  const found = singleValueExtendedProperties?.find(({ id }) => id.toLowerCase() === lastVerb.toLowerCase())
  return found?.value ?? null
}

interface WithProperties {
  readonly singleValueExtendedProperties?:
    | readonly { readonly id: string; readonly value?: string | null | undefined }[]
    | null
    | undefined
}

/** Null where no flag is one of these. */
export function verbOf(flags: readonly string[]): string | null {
  if (flags.includes('\\Answered')) return String(reply)
  return flags.includes('$Forwarded') ? String(forward) : null
}

/** The flag of mail, where there is one for it. */
export function flagOfVerb(value: string | null | undefined): string | null {
  const verb = Number(value ?? 0)
  if (verb === forward) return '$Forwarded'
  return verb === reply || verb === replyAll ? '\\Answered' : null
}
