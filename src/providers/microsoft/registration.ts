/** What a person does once in Microsoft's pages, so that Microsoft lets this program in. */
import type { Registration } from '../../core/sign-in.ts'
import { readClientId } from './client-id.ts'

export const registration: Registration = {
  given: 'id',
  steps: {
    en: [
      'Open https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade and sign in. (A personal account may be asked to set up a free directory first.)',
      'Name: Lifeboat. Supported account types: “Accounts in any organizational directory and personal Microsoft accounts”.',
      'Redirect URI: choose “Public client/native (mobile & desktop)” and type http://localhost. Press Register.',
      'Under Authentication, Settings, set “Allow public client flows” to Yes and press Save.',
      'Under Overview, copy the “Application (client) ID” and put it in here.',
    ],
    de: [
      'Öffnen Sie https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade und melden Sie sich an. (Mit einem privaten Konto müssen Sie vielleicht zuerst ein kostenloses Verzeichnis anlegen.)',
      'Name: Lifeboat. Unterstützte Kontotypen: „Konten in einem beliebigen Organisationsverzeichnis und persönliche Microsoft-Konten“.',
      'Umleitungs-URI: Wählen Sie „Öffentlicher Client/nativ (mobil und Desktop)“ und tippen Sie http://localhost ein. Drücken Sie „Registrieren“.',
      'Unter „Authentifizierung“, „Einstellungen“ stellen Sie „Öffentliche Clientflows zulassen“ auf „Ja“ und drücken „Speichern“.',
      'Unter „Übersicht“ kopieren Sie die „Anwendungs-ID (Client)“ und setzen sie hier ein.',
    ],
  },
  read: readClientId,
}
