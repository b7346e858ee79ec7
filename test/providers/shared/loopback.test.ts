/** Where the browser comes back to after a sign-in: what the person reads there. */
import { expect, it } from 'vitest'
import { AppError } from '../../../src/core/errors.ts'
import { type AnswerOptions, listenForAnswer } from '../../../src/providers/shared/loopback.ts'

const options: AnswerOptions = {
  state: 'state-7',
  mode: 'query',
  host: '127.0.0.1',
  refusal: (error) => new AppError('auth', error),
}

it.each([
  ['de-DE,de;q=0.9,en;q=0.5', 'code=4711', 'de', 'Sie sind angemeldet.'],
  ['de', 'error=access_denied', 'de', 'Sie sind nicht angemeldet.'],
  ['en-GB,de;q=0.9', 'code=4711', 'en', 'You are signed in.'],
  ['', 'error=access_denied', 'en', 'You are not signed in.'],
])('is told in the language of the browser (%s)', async (languages, answer, lang, words) => {
  const { code, redirectUri } = await listenForAnswer(options, 60_000, new AbortController().signal)
  const page = await fetch(`${redirectUri}?state=state-7&${answer}`, { headers: { 'Accept-Language': languages } })
  const text = await page.text()
  expect(text).toContain(`<html lang="${lang}">`)
  expect(text).toContain(words)
  await code.then(
    (found) => expect([answer, found]).toEqual(['code=4711', '4711']),
    (error: unknown) => expect([answer, error]).toEqual(['error=access_denied', expect.any(AppError)]),
  )
})
