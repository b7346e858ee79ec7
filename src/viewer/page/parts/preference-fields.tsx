/** The two things that a person chooses of the page itself; also in the app. What stands before each is the caller's. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { applyTheme, savedTheme, type Theme, themes } from '../preferences.ts'
import { type Language, languages } from '../words/message.ts'

/** Each in its own words, for those who know no other. */
const names: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' }

interface FieldProps {
  readonly class?: string
  /** Of the label, before the choice. */
  readonly children: ComponentChildren
}

export interface LanguageFieldProps extends FieldProps {
  readonly language: Language
  readonly onLanguage: (language: Language) => void
}

export function LanguageField({ language, onLanguage, class: style, children }: LanguageFieldProps) {
  return (
    <label {...(style === undefined ? {} : { class: style })}>
      {children}{' '}
      <select
        class="field"
        value={language}
        onChange={(event) => onLanguage(languages.find((known) => known === event.currentTarget.value) ?? 'en')}
      >
        {languages.map((known) => (
          <option key={known} value={known} lang={known}>
            {names[known]}
          </option>
        ))}
      </select>
    </label>
  )
}

export interface ThemeFieldProps extends FieldProps {
  readonly nameOf: (theme: Theme) => string
}

export function ThemeField({ nameOf, class: style, children }: ThemeFieldProps) {
  const [theme, setTheme] = useState<Theme>(savedTheme)
  return (
    <label {...(style === undefined ? {} : { class: style })}>
      {children}
      <select
        class="field"
        value={theme}
        onChange={(event) => {
          const chosen = themes.find((known) => known === event.currentTarget.value) ?? 'auto'
          setTheme(chosen)
          applyTheme(chosen)
        }}
      >
        {themes.map((known) => (
          <option key={known} value={known}>
            {nameOf(known)}
          </option>
        ))}
      </select>
    </label>
  )
}
