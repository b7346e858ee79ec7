/** The lifebuoy that stands for Lifeboat. */
export function BrandMark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="#0e5a6b" />
      <circle cx="16" cy="16" r="8" fill="none" stroke="#fff" stroke-width="5" />
      <path d="M16 5.5v5M16 21.5v5M5.5 16h5M21.5 16h5" stroke="#e4572e" stroke-width="5" />
    </svg>
  )
}
