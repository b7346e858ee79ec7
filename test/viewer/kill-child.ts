/** Brings the viewer's data in a folder up to date again and again, one run of five messages more each time, until it is killed. */
import { DiskViewerFolder } from '../../src/engine/viewer-folder.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { build, inputOf, put } from './built.ts'

const [, , path = '', first = '0'] = process.argv
const perRun = 5

function runsUpTo(count: number) {
  return Array.from({ length: count }, (_, run) =>
    Array.from({ length: perRun }, (_, at) => put(run, `${run}-${at}`, message(run * perRun + at))),
  )
}

function message(n: number): Buffer {
  return Buffer.from(`Message-ID: <${n}@x>\nSubject: Number ${n}\n\nText of ${n}.\n`)
}

const folder = new DiskViewerFolder(realDisk, path)
for (let run = Number(first) + 1; ; run++) {
  await build(folder, inputOf(runsUpTo(run)))
  process.stdout.write(`${run}\n`)
}
