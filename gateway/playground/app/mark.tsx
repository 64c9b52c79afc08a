/** The product's mark: an ember above an anvil. Decoration, so hidden from screen readers. */
export function Mark({ size }: { size: number }) {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" className="mark-ground" />
      <path
        className="mark-ember"
        d="M16 4.5c.6 3.2 4.4 4.3 4.4 8.1a4.4 4.4 0 0 1-8.8 0c0-1.7.8-2.7 1.7-3.6.2 1 .7 1.6 1.3 1.9-.3-2.6.3-4.7 1.4-6.4Z"
      />
      <path className="mark-anvil" d="M6 18.5h20c0 2.9-2.4 4.6-5.4 4.9l1.4 3.1H10.6l1.4-3.1c-3.2-.2-6-1.8-6-4.9Z" />
    </svg>
  )
}
