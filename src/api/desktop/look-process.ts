/** Looks at one disk in a process of its own, and ends. Started by `look.ts`; gets the folder, answers with a `LookAnswer`. */
import { createApp } from '../app.ts'
import { Config } from '../config.ts'
import { type FailureText, failureOf } from '../failure.ts'
import { channel } from '../jobs/channel.ts'
import { userPaths } from '../paths.ts'
import { vaultOptionsFor } from '../vault-options.ts'
import type { Snapshot } from './contract.ts'
import { takeSnapshot } from './snapshot.ts'

export type LookAnswer = { readonly snapshot: Snapshot } | { readonly failure: FailureText }

process.on('SIGINT', () => undefined)
const starter = channel()
let begun = false
starter.onMessage((folder) => {
  if (begun) return
  begun = true
  void look(String(folder))
})

async function look(folder: string): Promise<void> {
  const paths = userPaths()
  let answer: LookAnswer
  try {
    answer = { snapshot: await takeSnapshot(await vaultOptionsFor(new Config(paths.config), paths, folder, true), createApp()) }
  } catch (error) {
    answer = { failure: failureOf(error) }
  }
  starter.send(answer)
  starter.end()
}
