/** Every word the page says, in every language it speaks. A key that lacks a language does not compile. */
import { frameWords } from './words/frame.ts'
import { mailWords } from './words/mail.ts'
import { otherWords } from './words/others.ts'

export const messages = { ...frameWords, ...mailWords, ...otherWords } as const

export type MessageKey = keyof typeof messages
