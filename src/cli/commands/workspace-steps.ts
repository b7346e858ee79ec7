/** What an administrator of a Google Workspace does in Google's pages, in the words that stand there. */

export const keySteps: readonly string[] = [
  'For an organisation, one key reads for its people; nobody else has to sign in. An administrator makes it once, in about fifteen minutes.',
  '  1. Open https://console.cloud.google.com/projectcreate, signed in as an administrator of the organisation. Name the project "Lifeboat" and press Create.',
  '  2. Open https://console.cloud.google.com/flows/enableapi?apiid=gmail.googleapis.com,people.googleapis.com,calendar-json.googleapis.com,drive.googleapis.com,admin.googleapis.com and press Enable.',
  '  3. Open https://console.cloud.google.com/iam-admin/serviceaccounts/create. Name it Lifeboat, press "Create and continue", then Done. It needs no role.',
  '  4. Open the service account, "Keys", "Add key", "Create new key", JSON. (Where Google says that keys are forbidden, an administrator switches off the policy iam.disableServiceAccountKeyCreation for this project.)',
  'Whoever has this file can read all mail and files of the organisation: keep it on no other computer, and delete it once Lifeboat has it.',
]
