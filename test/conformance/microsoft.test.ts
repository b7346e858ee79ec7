import { describeMailConformance } from './mail-suite.ts'
import { startMicrosoftMailDriver } from './microsoft-mail-driver.ts'

describeMailConformance('Outlook by Microsoft Graph', startMicrosoftMailDriver, {
  inbox: ['Inbox'],
  work: ['Work'],
  isFixed: false,
  newFlags: ['\\Flagged', '\\Seen'],
})
