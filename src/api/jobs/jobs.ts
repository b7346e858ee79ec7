/** The jobs of this session: what runs, how far it is, and how the last ones ended. */
import { randomUUID } from 'node:crypto'
import { AppError } from '../../core/errors.ts'
import { errorTexts } from '../../core/messages.ts'
import type { Job, JobRequest } from './job.ts'
import type { RunningJob, SpawnJob } from './spawn.ts'

/** Ended jobs that are remembered. */
const mostEnded = 50

interface Entry {
  job: Job
  readonly running: RunningJob
  readonly listeners: Set<(job: Job) => void>
}

export class Jobs {
  readonly #spawn: SpawnJob
  readonly #now: () => Date
  /** In the order in which they were started. */
  readonly #entries = new Map<string, Entry>()
  readonly #followers = new Set<(job: Job) => void>()
  #isClosed = false

  constructor(spawn: SpawnJob, now: () => Date) {
    this.#spawn = spawn
    this.#now = now
  }

  /** @throws AppError `vault-locked` when another job works on the same vault, `cancelled` after `close` */
  start(request: JobRequest): Job {
    if (this.#isClosed) throw new AppError('cancelled', 'Lifeboat is ending, so nothing new begins.')
    const busy = this.all().find((job) => isActive(job) && job.request.vault === request.request.vault)
    if (busy !== undefined) throw new AppError('vault-locked', 'Lifeboat is busy with this vault already.')
    const id = randomUUID()
    const job: Job = {
      ...{ id, kind: request.kind, request: request.request, state: 'running', started: this.#now().toISOString() },
      ...{ paused: false, ended: null, progress: null, tally: [], pace: null, report: null, failure: null },
    }
    const running = this.#spawn(request, {
      onMessage: (message) => {
        if (message.kind === 'progress') this.#update(id, message.so)
        else if (message.kind === 'report') this.#end(id, { state: 'done', report: message.report })
        else this.#end(id, { state: 'failed', failure: message.failure })
      },
      onExit: () => this.#end(id, { state: 'failed', failure: died }),
    })
    this.#entries.set(id, { job, running, listeners: new Set() })
    this.#forget()
    for (const follower of this.#followers) follower(job)
    return job
  }

  all(): Job[] {
    return [...this.#entries.values()].map(({ job }) => job)
  }

  /** @throws AppError `not-found` */
  get(id: string): Job {
    return this.#entry(id).job
  }

  /** Asks for its end at the next safe point; what is saved is saved. `paused`: the person means to go on later. */
  stop(id: string, paused = false): Job {
    const { job, running } = this.#entry(id)
    if (isActive(job)) {
      this.#update(id, { state: 'stopping', paused })
      running.stop()
    }
    return this.get(id)
  }

  /** Every change until it has ended; answers how to stop listening. */
  watch(id: string, listener: (job: Job) => void): () => void {
    const { listeners } = this.#entry(id)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** Every change of every job; answers how to stop listening. */
  follow(follower: (job: Job) => void): () => void {
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }

  /** Stops all and waits for their end; from now on none begins. */
  async close(): Promise<void> {
    this.#isClosed = true
    const active = this.all().filter(isActive)
    await Promise.all(
      active.map(
        ({ id }) =>
          new Promise<void>((resolve) => {
            this.watch(id, (job) => {
              if (!isActive(job)) resolve()
            })
            this.stop(id)
          }),
      ),
    )
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new AppError('not-found', 'This job is not known any more.')
    return entry
  }

  #end(id: string, how: Partial<Job>): void {
    if (isActive(this.get(id))) this.#update(id, { ...how, ended: this.#now().toISOString() })
  }

  #update(id: string, change: Partial<Job>): void {
    const entry = this.#entry(id)
    entry.job = { ...entry.job, ...change }
    for (const listener of [...entry.listeners, ...this.#followers]) listener(entry.job)
  }

  #forget(): void {
    const ended = this.all().filter((job) => !isActive(job))
    for (const { id } of ended.slice(0, Math.max(0, ended.length - mostEnded))) this.#entries.delete(id)
  }
}

export function isActive(job: Job): boolean {
  return job.state === 'running' || job.state === 'stopping'
}

const died = {
  code: 'bug' as const,
  title: errorTexts.bug.title,
  message: 'The work ended without saying why.',
  advice: errorTexts.bug.advice,
}
