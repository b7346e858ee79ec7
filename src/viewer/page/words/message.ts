/** What a message is: the same in every language. */
export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]
/** A text, or one per plural form (Intl.PluralRules over `n`). `{name}` is a place to fill. */
export type Phrase = string | { readonly one: string; readonly other: string }

export type Message = Readonly<Record<Language, Phrase>>
