/** How things stand and what runs, as it changes: asked for anew whenever the program says that something did. */
import { useEffect, useState } from 'preact/hooks'
import type { FailureText, Home, Job } from '../api/desktop/contract.ts'
import { oneByOne } from '../core/one-by-one.ts'
import { failureOf, get } from './api.ts'
import { followEvents } from './shared-events.ts'
import { snapshotOf } from './snapshots.ts'

export interface Live {
  /** Null until it is known. */
  readonly home: Home | null
  readonly failure: FailureText | null
  /** Newest last. */
  readonly jobs: readonly Job[]
  /** False while the program cannot be reached. */
  readonly connected: boolean
}

const nothing: Live = { home: null, failure: null, jobs: [], connected: true }

export function isActive(job: Job): boolean {
  return job.state === 'running' || job.state === 'stopping'
}

export function useLiveState(): Live {
  const [live, setLive] = useState<Live>(nothing)
  useEffect(() => follow((change) => setLive((before) => ({ ...before, ...change(before) }))), [])
  return live
}

type Change = (before: Live) => Partial<Live>

/** Answers how to stop. */
function follow(update: (change: Change) => void): () => void {
  const askHome = oneByOne(async () => {
    try {
      const home = await get<Home>('/home')
      update(() => ({ home, failure: null }))
      for (const disk of home.disks) if (disk.folder !== null) void snapshotOf(disk).catch(() => undefined)
    } catch (error) {
      update(() => ({ failure: failureOf(error) }))
    }
  })
  /** Jobs of which more was told than the list knows that was asked for before. */
  const told = new Set<string>()
  const askJobs = oneByOne(async () => {
    told.clear()
    const listed = await get<Job[]>('/jobs').catch(() => null)
    const newer = new Set(told)
    if (listed) update(({ jobs }) => ({ jobs: jobs.filter(({ id }) => newer.has(id)).reduce(withJob, listed) }))
  })
  const askAll = (): void => {
    askHome()
    askJobs()
  }
  const unfollow = followEvents((heard) => {
    switch (heard.kind) {
      case 'hello':
        update(() => ({ connected: true }))
        askAll()
        break
      case 'home':
        askHome()
        break
      case 'job':
        told.add(heard.job.id)
        update(({ jobs }) => ({ jobs: withJob(jobs, heard.job) }))
        break
      case 'lost':
        update(() => ({ connected: false }))
    }
  })
  // Whichever window reads the events may have slept.
  const seen = (): void => {
    if (document.visibilityState === 'visible') askAll()
  }
  document.addEventListener('visibilitychange', seen)
  // "8 days ago" becomes "9 days ago" while nobody touches anything.
  const timer = setInterval(askHome, 60_000)
  askAll()
  return () => {
    unfollow()
    document.removeEventListener('visibilitychange', seen)
    clearInterval(timer)
  }
}

function withJob(jobs: readonly Job[], job: Job): readonly Job[] {
  return jobs.some(({ id }) => id === job.id) ? jobs.map((one) => (one.id === job.id ? job : one)) : [...jobs, job]
}
