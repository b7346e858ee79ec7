/**
 * How a person likes the page: language and colours. Chromium shares this storage between all pages opened from disks, so
 * nothing about the vault ever goes in.
 */
import { preferredLanguage } from './language.ts'
import { type Language, languages } from './words/message.ts'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export function savedTheme(): Theme {
  const saved = read('lifeboat-theme')
  return themes.find((theme) => theme === saved) ?? 'auto'
}

export function savedLanguage(): Language {
  const saved = read('lifeboat-language')
  return languages.find((language) => language === saved) ?? preferredLanguage(navigator.languages)
}

export function applyTheme(theme: Theme): void {
  write('lifeboat-theme', theme)
  if (theme === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

export function applyLanguage(language: Language): void {
  write('lifeboat-language', language)
  document.documentElement.lang = language
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    // Storage is off: the choice holds until the page is closed.
  }
}
