import { describeFilesConformance } from './files-suite.ts'
import { startGoogleFilesDriver } from './google-files-driver.ts'
import { startGoogleCalendarDriver, startGoogleContactsDriver } from './google-item-driver.ts'
import { describeItemConformance } from './item-suite.ts'

describeItemConformance('Google contacts', startGoogleContactsDriver)
describeItemConformance('Google calendars', startGoogleCalendarDriver)
describeFilesConformance('Google Drive', startGoogleFilesDriver)
