import { describeFilesConformance } from './files-suite.ts'
import { describeItemConformance } from './item-suite.ts'
import { describeMailConformance } from './mail-suite.ts'
import { startMicrosoftFilesDriver } from './microsoft-files-driver.ts'
import { startMicrosoftCalendarDriver, startMicrosoftContactsDriver } from './microsoft-item-driver.ts'
import { startMicrosoftMailDriver } from './microsoft-mail-driver.ts'

describeMailConformance('Outlook by Microsoft Graph', startMicrosoftMailDriver, {
  inbox: ['Inbox'],
  work: ['Work'],
  isFixed: false,
  newFlags: ['\\Flagged', '\\Seen'],
})

describeItemConformance('Outlook contacts', startMicrosoftContactsDriver)
describeItemConformance('Outlook calendars', startMicrosoftCalendarDriver)
describeFilesConformance('OneDrive', startMicrosoftFilesDriver)
