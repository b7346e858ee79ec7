export function EnglishHelp() {
  return (
    <>
      <h1>What is this, and how do I use these files?</h1>
      <p class="lead">
        This folder is a complete copy of your accounts in ordinary files. Nothing in it needs Lifeboat, the provider or the
        internet. This page only helps you to look around; it works for as long as there are browsers.
      </p>

      <h2>What lies where</h2>
      <ul>
        <li>
          <code>data/…/Mail</code> – your messages, one <code>.mbox</code> file per folder and year
        </li>
        <li>
          <code>data/…/Mail/Attachments</code> – documents, pictures and media from your mail as ordinary files, by year
        </li>
        <li>
          <code>data/…/Contacts</code> – one <code>.vcf</code> file per address book
        </li>
        <li>
          <code>data/…/Calendars</code> – one <code>.ics</code> file per calendar
        </li>
        <li>
          <code>data/…/Files</code> – your files, with their own names and dates
        </li>
        <li>
          <code>data/…/History</code> – what was changed or removed at the provider later, as it was before
        </li>
        <li>
          <code>data/…/Mail/index.csv</code> – a list of all messages; opens in Excel, Numbers and LibreOffice
        </li>
      </ul>
      <p>
        Copy files before you open them in another program. Please do not change, rename or delete anything here: this may be the
        only copy.
      </p>

      <h2>Use them with other programs</h2>
      <h3>Mail in Thunderbird (Windows, Mac, Linux)</h3>
      <ol>
        <li>Install Thunderbird; an account is not needed.</li>
        <li>
          Account Settings › Local Folders shows the “Local Directory”. Close Thunderbird and copy an <code>.mbox</code> file into
          that folder.
        </li>
        <li>Start Thunderbird. The messages are under Local Folders.</li>
      </ol>
      <h3>Mail in Apple Mail</h3>
      <p>File › Import Mailboxes › “Files in mbox format”, then choose the file or its folder.</p>
      <h3>Mail in Outlook, Gmail and others</h3>
      <p>
        They do not read mbox themselves. “Bring back” in Lifeboat puts everything into any account. Without it: add the new
        account to Thunderbird, then drag the messages from Local Folders into it.
      </p>
      <h3>A single message</h3>
      <p>“Save as .eml” at a message gives a file that every mail program opens.</p>
      <h3>Contacts and calendars</h3>
      <p>
        Phones, Google, iCloud, Outlook and Thunderbird import <code>.vcf</code> and <code>.ics</code> files: choose “Import”
        there. A single contact or event can be saved here from its card.
      </p>

      <h2>Looking around on this page</h2>
      <ul>
        <li>
          <b>As of</b>, at the top: shows everything as it was after any earlier backup.
        </li>
        <li>What was removed at the provider stays here. It is shown crossed out or marked “Removed”.</li>
        <li>
          Pictures and other parts that a message would load from the internet are never loaded, and links ask before they open.
        </li>
        <li>
          Programs, web pages and SVG drawings that came by mail can read what lies beside them when opened from a disk. They are
          shown as text or saved under a harmless name.
        </li>
        <li>
          Exact originals (“Save as .eml”, some attachments) are read from the mail files. For that the browser asks you once for
          the folder in which this page lies.
        </li>
      </ul>

      <h2>Searching</h2>
      <p>
        Type words or their beginnings. Capital letters and accents do not matter. Several words must all occur. More exactly:
      </p>
      <ul>
        <li>
          <code>"annual report"</code> – this phrase
        </li>
        <li>
          <code>from:anna</code> · <code>to:office</code> · <code>subject:invoice</code> – who and what
        </li>
        <li>
          <code>has:attachment</code> · <code>type:pdf</code> – with an attachment, of this type
        </li>
        <li>
          <code>after:2024</code> · <code>before:2025-04-01</code> – when
        </li>
        <li>
          <code>in:archive</code> · <code>account:anna</code> – where
        </li>
      </ul>

      <h2>By keyboard</h2>
      <ul>
        <li>
          <code>/</code> goes to the search, <code>Tab</code> to the next part.
        </li>
        <li>
          In lists: arrow keys, <code>Page Up</code>, <code>Page Down</code>, <code>Home</code> and <code>End</code> move,{' '}
          <code>Enter</code> opens.
        </li>
        <li>
          <code>Esc</code> closes what lies on top.
        </li>
      </ul>

      <h2>Is everything intact?</h2>
      <p>
        Every file’s checksum stands in <code>manifest-sha256.txt</code>. In a terminal, in this folder:{' '}
        <code>sha256sum -c manifest-sha256.txt</code> (on a Mac <code>shasum -a 256 -c manifest-sha256.txt</code>). “Check the
        disk” in Lifeboat does the same and more.
      </p>
      <h2>Is this safe on somebody else’s computer?</h2>
      <p>
        This page sends nothing anywhere and stores nothing but your choice of language and colours. Whoever has the disk can read
        all of it, though: treat it like the papers in your desk.
      </p>
    </>
  )
}
