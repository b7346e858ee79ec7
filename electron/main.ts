import { runShell } from './shell.ts'

runShell()
