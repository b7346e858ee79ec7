/** How things stand and what runs, as it changes: one stream of events for the whole window. */
import { useEffect, useState } from 'preact/hooks'
import type { FailureText, Home, Job } from '../api/desktop/contract.ts'
import { failureOf, get } from './api.ts'
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
  let asking = false
  let again = false
  const askHome = async (): Promise<void> => {
    again = asking
    if (asking) return
    asking = true
    try {
      const home = await get<Home>('/home')
      update(() => ({ home, failure: null }))
      for (const disk of home.disks) if (disk.folder !== null) void snapshotOf(disk).catch(() => undefined)
    } catch (error) {
      update(() => ({ failure: failureOf(error) }))
    }
    asking = false
    if (again) void askHome()
  }
  const askJobs = async (): Promise<void> => {
    const jobs = await get<Job[]>('/jobs').catch(() => null)
    if (jobs) update(() => ({ jobs }))
  }
  const events = new EventSource('/api/events')
  events.addEventListener('hello', () => {
    update(() => ({ connected: true }))
    void askHome()
    void askJobs()
  })
  events.addEventListener('home', () => void askHome())
  events.addEventListener('job', (event) => {
    const job = JSON.parse(String((event as MessageEvent).data)) as Job
    update(({ jobs }) => ({
      jobs: jobs.some(({ id }) => id === job.id) ? jobs.map((one) => (one.id === job.id ? job : one)) : [...jobs, job],
    }))
  })
  events.addEventListener('error', () => update(() => ({ connected: events.readyState === EventSource.OPEN })))
  // "8 days ago" becomes "9 days ago" while nobody touches anything.
  const timer = setInterval(() => void askHome(), 60_000)
  return () => {
    events.close()
    clearInterval(timer)
  }
}
