/**
 * Floor: every message of the account off the socket, and what a vault cannot do without: a checksum of the messages, one of
 * the file, and the file itself, on the medium. Nothing is parsed. Prints how many octets came.
 */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pullAll } from './raw-pull.ts'

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-floor-'))
try {
  const file = openSync(join(folder, 'all'), 'w')
  const ofMessages = createHash('sha256')
  const ofFile = createHash('sha256')
  let octets = 0
  await pullAll((chunk) => {
    octets += chunk.length
    ofMessages.update(chunk)
    ofFile.update(chunk)
    writeSync(file, chunk)
  })
  fsyncSync(file)
  closeSync(file)
  console.log(octets)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
