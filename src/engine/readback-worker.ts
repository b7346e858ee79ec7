/** Reads files of a restored folder in a thread of its own. */
import { serve } from '../vault/threads.ts'
import { type FileSum, sumFiles } from './readback-files.ts'

serve<{ readonly paths: readonly string[] }, readonly FileSum[]>(({ paths }) => sumFiles(paths))
