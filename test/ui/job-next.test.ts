/** Which buttons stand under something that has ended. */
import { type ComponentChildren, toChildArray } from 'preact'
import { describe, expect, it } from 'vitest'
import type { Job } from '../../src/api/desktop/contract.ts'
import { nextAfter } from '../../src/ui/parts/job-next.tsx'
import { words } from '../../src/ui/words.ts'
import { speechOf } from '../../src/viewer/page/language.ts'

const { t } = speechOf(words, 'en')
const ended = (change: object): Job => ({ failure: null, request: {}, ...change }) as unknown as Job

/** What they say, in order; with a star where one is not the first thing to do. */
function buttons(job: Job): readonly string[] | null {
  const next = nextAfter(job, { t, home: null })
  return next === null ? null : said(next)
}

function said(children: ComponentChildren): string[] {
  return toChildArray(children).flatMap((child) => {
    if (typeof child !== 'object') return [String(child)]
    const { primary, children: inner } = child.props as { readonly primary?: boolean; readonly children?: ComponentChildren }
    return said(inner).map((text) => (primary === false ? `${text}*` : text))
  })
}

describe('after a backup', () => {
  const backup = (codes: readonly (string | null)[], pending: readonly object[]) =>
    ended({
      kind: 'backup',
      report: {
        accounts: codes.map((code) => ({ account: 'a', collections: [], pending, ...(code && { failure: { code } }) })),
      },
    })

  it('the way to what is missing is there, whatever failed besides', () => {
    expect(buttons(backup([null], []))).toBe(null)
    expect(buttons(backup([null], [{}]))).toEqual(['See what and why'])
    expect(buttons(backup([null, 'network'], [{}]))).toEqual(['Try again', 'See what and why'])
    expect(buttons(backup(['auth'], [{}]))).toEqual(['See what and why'])
  })

  it('it is tried again unless only a person can do something about all that failed', () => {
    expect(buttons(backup(['auth', 'locked-out'], []))).toEqual([])
    expect(buttons(backup(['auth', 'network'], []))).toEqual(['Try again*'])
    expect(buttons(backup(['disk-full'], []))).toEqual(['Try again', 'Add another disk'])
    expect(buttons(backup(['auth', 'disk-full'], []))).toEqual(['Try again*', 'Add another disk'])
  })
})

it('a restore that failed is tried again, and one that was only looked at is done where it can be', () => {
  const restore = (created: number, change: object, dryRun: boolean) =>
    ended({ kind: 'restore', request: { dryRun }, report: { collections: [{ created }], ...change } })
  const failure = { code: 'network' }
  expect(buttons(restore(3, {}, false))).toBe(null)
  expect(buttons(restore(3, { failure }, false))).toEqual(['Try again'])
  expect(buttons(restore(3, { failure }, true))).toEqual(['Bring it back'])
  expect(buttons(restore(0, { failure }, true))).toEqual(['Try again'])
  expect(buttons(restore(0, {}, true))).toBe(null)
})
