/** Reads files as a stranger would, in a thread of its own. */

import { realDisk } from './disk.ts'
import { type FileFindings, type FilePlace, readFileAsStranger, StrangerRoom } from './stranger-file.ts'
import { serve } from './threads.ts'

/** Octets that were read meanwhile, or at the end what was found. */
export type StrangerAnswer = number | FileFindings

const room = new StrangerRoom()

serve<FilePlace, StrangerAnswer>((place, part) => readFileAsStranger(realDisk, place, room, part))
