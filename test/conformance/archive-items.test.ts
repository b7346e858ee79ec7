import { startArchiveFilesDriver, startArchiveItemDriver } from './archive-item-driver.ts'
import { describeFilesConformance } from './files-suite.ts'
import { describeItemConformance } from './item-suite.ts'

describeItemConformance('contacts of an archive', () => startArchiveItemDriver('contacts'))
describeItemConformance('calendars of an archive', () => startArchiveItemDriver('calendar'))
describeFilesConformance('files of an archive', startArchiveFilesDriver)
