interface Item {
  sku: string
  quantity: number
}

const prices: Record<string, number> = { apple: 0.5, pear: 0.75, melon: 3, piano: 4_999 }

export default async function price({ items }: { items: Item[] }) {
  const lines = items.map(({ sku, quantity }) => {
    const each = prices[sku]
    if (each === undefined)
      throw new RangeError(`no price for "${sku}"; known: ${Object.keys(prices).join(', ')}`)
    return { sku, quantity, amount: each * quantity }
  })
  return { lines, total: lines.reduce((sum, line) => sum + line.amount, 0) }
}
