#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { userPaths } from '../api/paths.ts'

// Spares compiling everything anew at each start; where it cannot be written, nothing changes.
enableCompileCache(join(userPaths().cache, 'compiled'))
const [{ reportFailure, run }, { processTerminal }] = await Promise.all([import('./run.ts'), import('./terminal.ts')])

const argv = process.argv.slice(2)
const terminal = processTerminal()
const crash = async (error: unknown) => process.exit(await reportFailure(error, terminal, argv))
process.on('uncaughtException', (error) => void crash(error))
process.exit(await run(argv, terminal, async (home) => (await import('../api/app.ts')).createApp(home)))
