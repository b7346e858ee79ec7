import { startArchiveDriver } from './archive-driver.ts'
import { describeMailConformance } from './suite.ts'

describeMailConformance('archive', startArchiveDriver)
