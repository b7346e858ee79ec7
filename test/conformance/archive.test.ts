import { startArchiveDriver } from './archive-driver.ts'
import { describeMailConformance } from './mail-suite.ts'

describeMailConformance('archive', startArchiveDriver)
