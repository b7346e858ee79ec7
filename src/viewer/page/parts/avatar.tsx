/** Initials on a colour that stays with the name. */
export function Avatar({ name, photo }: { readonly name: string; readonly photo?: string | null }) {
  if (photo) return <img class="avatar" src={photo} alt="" />
  const plain = name.replaceAll(/[^\p{L}\p{N}\s@.-]/gu, '').trim()
  const words = plain.split(/[\s.@-]+/).filter(Boolean)
  const initials = [words[0], words.length > 1 ? words.at(name.includes('@') ? 1 : -1) : undefined]
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
  let hue = 0
  for (const char of plain) hue = (hue * 31 + (char.codePointAt(0) ?? 0)) % 360
  return (
    <span class="avatar" aria-hidden="true" style={{ '--hue': String(hue) }}>
      {initials.toUpperCase() || '?'}
    </span>
  )
}
