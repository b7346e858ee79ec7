/** What takes long and runs beside the screens: started, watched and stopped through the API. */
import type {
  App,
  BackupProgress,
  BackupReport,
  BackupRequest,
  CollectReport,
  CollectRequest,
  DrillProgress,
  DrillRequest,
  DrillResult,
  RestoreProgress,
  RestoreReport,
  RestoreRequest,
  VerifyProgress,
  VerifyReport,
  ViewerProgress,
  ViewerReport,
  ViewerRequest,
} from '../contract.ts'
import type { FailureText } from '../failure.ts'
import type { Pace, Tally } from './tally.ts'

export type { Pace, Tally } from './tally.ts'

/** Each kind of job: what is asked for, what it says on its way, and what it ends with. */
export interface JobKinds {
  readonly backup: { readonly request: BackupRequest; readonly progress: BackupProgress; readonly report: BackupReport }
  readonly verify: {
    readonly request: { readonly vault: string }
    readonly progress: VerifyProgress
    readonly report: VerifyReport
  }
  readonly restore: { readonly request: RestoreRequest; readonly progress: RestoreProgress; readonly report: RestoreReport }
  readonly drill: { readonly request: DrillRequest; readonly progress: DrillProgress; readonly report: DrillResult }
  readonly collect: { readonly request: CollectRequest; readonly progress: DrillProgress; readonly report: CollectReport }
  readonly viewer: { readonly request: ViewerRequest; readonly progress: ViewerProgress; readonly report: ViewerReport }
}

export type JobKind = keyof JobKinds

/** For example `{kind: 'verify', request: {vault: '/media/usb/Family vault'}}`. */
export type JobRequest = { [K in JobKind]: { readonly kind: K; readonly request: JobKinds[K]['request'] } }[JobKind]
export type JobProgress = JobKinds[JobKind]['progress']
export type JobReport = JobKinds[JobKind]['report']

/** `stopping`: it will end at the next safe point. */
export type JobState = 'running' | 'stopping' | 'done' | 'failed'

export interface Job {
  readonly id: string
  readonly kind: JobKind
  readonly request: JobRequest['request']
  readonly state: JobState
  /** The person means to go on later: asked for with `stop`. */
  readonly paused: boolean
  /** RFC 3339, UTC. */
  readonly started: string
  readonly ended: string | null
  /** The newest. */
  readonly progress: JobProgress | null
  /** How far each account and service is, in the order in which they began. */
  readonly tally: readonly Tally[]
  /** Null until something is on its way. */
  readonly pace: Pace | null
  readonly report: JobReport | null
  readonly failure: FailureText | null
}

export type OnProgress = (progress: JobProgress) => void

/** Does the job, wherever this is called. */
export async function runJob(app: App, job: JobRequest, signal: AbortSignal, onProgress: OnProgress): Promise<JobReport> {
  switch (job.kind) {
    case 'backup':
      return await app.backup(job.request, signal, onProgress)
    case 'verify':
      return await app.verify(job.request.vault, signal, onProgress)
    case 'restore':
      return await app.restore(job.request, signal, onProgress)
    case 'drill':
      return await app.drill(job.request, signal, onProgress)
    case 'collect':
      return await app.collect(job.request, signal, onProgress)
    case 'viewer':
      return await app.rebuildViewer(job.request, signal, onProgress)
  }
}
