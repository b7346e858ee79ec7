export function GermanHelp() {
  return (
    <>
      <h1>Was ist das, und wie benutze ich diese Dateien?</h1>
      <p class="lead">
        Dieser Ordner ist eine vollständige Kopie Ihrer Konten in gewöhnlichen Dateien. Nichts darin braucht Lifeboat, den
        Anbieter oder das Internet. Diese Seite hilft nur beim Umsehen; sie funktioniert, solange es Browser gibt.
      </p>

      <h2>Was wo liegt</h2>
      <ul>
        <li>
          <code>data/…/Mail</code> – Ihre Nachrichten, eine <code>.mbox</code>-Datei je Ordner und Jahr
        </li>
        <li>
          <code>data/…/Mail/Attachments</code> – Dokumente, Bilder und Medien aus Ihren E-Mails als gewöhnliche Dateien, nach
          Jahren
        </li>
        <li>
          <code>data/…/Contacts</code> – eine <code>.vcf</code>-Datei je Adressbuch
        </li>
        <li>
          <code>data/…/Calendars</code> – eine <code>.ics</code>-Datei je Kalender
        </li>
        <li>
          <code>data/…/Files</code> – Ihre Dateien, mit ihren eigenen Namen und Daten
        </li>
        <li>
          <code>data/…/History</code> – was beim Anbieter später geändert oder entfernt wurde, so wie es vorher war
        </li>
        <li>
          <code>data/…/Mail/index.csv</code> – eine Liste aller Nachrichten; öffnet sich in Excel, Numbers und LibreOffice
        </li>
      </ul>
      <p>
        Kopieren Sie Dateien, bevor Sie sie in einem anderen Programm öffnen. Bitte ändern, benennen oder löschen Sie hier nichts:
        Dies ist vielleicht die einzige Kopie.
      </p>

      <h2>Mit anderen Programmen benutzen</h2>
      <h3>E-Mail in Thunderbird (Windows, Mac, Linux)</h3>
      <ol>
        <li>Thunderbird installieren; ein Konto ist nicht nötig.</li>
        <li>
          Konten-Einstellungen › Lokale Ordner nennt das „Lokale Verzeichnis“. Thunderbird schließen und eine <code>.mbox</code>
          -Datei in diesen Ordner kopieren.
        </li>
        <li>Thunderbird starten. Die Nachrichten stehen unter „Lokale Ordner“.</li>
      </ol>
      <h3>E-Mail in Apple Mail</h3>
      <p>Ablage › Postfächer importieren › „Dateien im mbox-Format“, dann die Datei oder ihren Ordner wählen.</p>
      <h3>E-Mail in Outlook, Gmail und anderen</h3>
      <p>
        Sie lesen mbox nicht selbst. „Zurückholen“ in Lifeboat bringt alles in jedes Konto. Ohne Lifeboat: das neue Konto in
        Thunderbird einrichten und die Nachrichten aus „Lokale Ordner“ hineinziehen.
      </p>
      <h3>Eine einzelne Nachricht</h3>
      <p>„Als .eml speichern“ bei einer Nachricht gibt eine Datei, die jedes Mailprogramm öffnet.</p>
      <h3>Kontakte und Kalender</h3>
      <p>
        Telefone, Google, iCloud, Outlook und Thunderbird importieren <code>.vcf</code>- und <code>.ics</code>-Dateien: dort
        „Importieren“ wählen. Ein einzelner Kontakt oder Termin lässt sich hier von seiner Karte aus speichern.
      </p>

      <h2>Sich auf dieser Seite umsehen</h2>
      <ul>
        <li>
          <b>Stand</b>, oben: zeigt alles, wie es nach einer früheren Sicherung war.
        </li>
        <li>Was beim Anbieter entfernt wurde, bleibt hier. Es ist durchgestrichen oder als „Entfernt“ bezeichnet.</li>
        <li>
          Bilder und anderes, was eine Nachricht aus dem Internet laden würde, werden nie geladen, und Links fragen, bevor sie
          sich öffnen.
        </li>
        <li>
          Programme, Webseiten und SVG-Zeichnungen, die per E-Mail kamen, können lesen, was neben ihnen liegt, wenn man sie von
          einem Datenträger öffnet. Sie werden als Text gezeigt oder unter einem harmlosen Namen gespeichert.
        </li>
        <li>
          Genaue Originale („Als .eml speichern“, manche Anhänge) werden aus den Maildateien gelesen. Dafür fragt der Browser Sie
          einmal nach dem Ordner, in dem diese Seite liegt.
        </li>
      </ul>

      <h2>Suchen</h2>
      <p>
        Tippen Sie Wörter oder ihre Anfänge. Großschreibung und Akzente sind gleichgültig. Mehrere Wörter müssen alle vorkommen.
        Genauer:
      </p>
      <ul>
        <li>
          <code>"Bericht zum Jahr"</code> – diese Wendung
        </li>
        <li>
          <code>from:anna</code> · <code>to:büro</code> · <code>subject:rechnung</code> – von wem, an wen, worüber
        </li>
        <li>
          <code>has:attachment</code> · <code>type:pdf</code> – mit Anhang, von dieser Art
        </li>
        <li>
          <code>after:2024</code> · <code>before:2025-04-01</code> – wann
        </li>
        <li>
          <code>in:archiv</code> · <code>account:anna</code> – wo
        </li>
      </ul>

      <h2>Mit der Tastatur</h2>
      <ul>
        <li>
          <code>/</code> führt zur Suche, <code>Tab</code> zum nächsten Teil.
        </li>
        <li>
          In Listen bewegen Pfeiltasten, <code>Bild auf</code>, <code>Bild ab</code>, <code>Pos1</code> und <code>Ende</code>, die
          Eingabetaste öffnet.
        </li>
        <li>
          <code>Esc</code> schließt, was obenauf liegt.
        </li>
      </ul>

      <h2>Ist alles unversehrt?</h2>
      <p>
        Die Prüfsumme jeder Datei steht in <code>manifest-sha256.txt</code>. In einem Terminal, in diesem Ordner:{' '}
        <code>sha256sum -c manifest-sha256.txt</code> (auf einem Mac <code>shasum -a 256 -c manifest-sha256.txt</code>).
        „Datenträger prüfen“ in Lifeboat tut dasselbe und mehr.
      </p>
      <h2>Ist das auf einem fremden Computer sicher?</h2>
      <p>
        Diese Seite sendet nichts und speichert nichts außer Ihrer Wahl von Sprache und Farben. Wer den Datenträger hat, kann aber
        alles lesen: Behandeln Sie ihn wie die Papiere in Ihrem Schreibtisch.
      </p>
    </>
  )
}
