/** Every word the screens say, in every language they speak. A key that lacks a language does not compile. */
import { homeWords } from './words/home.ts'
import { recoveryWords } from './words/recovery.ts'
import { settingsWords } from './words/settings.ts'
import { setupWords } from './words/setup.ts'
import { shellWords } from './words/shell.ts'
import { workWords } from './words/work.ts'

export const words = { ...shellWords, ...homeWords, ...setupWords, ...workWords, ...recoveryWords, ...settingsWords } as const

export type WordKey = keyof typeof words
