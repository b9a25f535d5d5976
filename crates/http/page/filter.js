// The filter: over names, summaries and addresses, without case and accents.

import { operations } from "./contract.js"

// A text as it is compared: "Chỉ tiêu" and "chi tieu" are the same.
export function folded(text) {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").replace(/[đĐ]/g, "d").toLowerCase()
}

export function filter(contract, word) {
  const tagNames = new Map(contract.tags.map(tag => [tag.name, tag["x-displayName"]]))
  const texts = new Map(
    operations(contract).map(({ path, method, operation }) => {
      const { operationId, summary, tags } = operation
      const names = tags.map(tag => `${tag} ${tagNames.get(tag)}`)
      return [`${method} ${path}`, folded([summary, operationId, method, path, ...names].join(" "))]
    }),
  )

  // Swagger UI's own hook for filters: keeps the operations that say every word that was typed.
  const opsFilter = (taggedOperations, phrase) => {
    const wanted = folded(phrase).split(/\s+/)
    const says = operation => {
      const text = texts.get(`${operation.get("method")} ${operation.get("path")}`) ?? ""
      return wanted.every(one => text.includes(one))
    }
    return taggedOperations
      .map(tag => tag.update("operations", list => list.filter(says)))
      .filter(tag => tag.get("operations").size > 0)
  }

  const FilterBox = system => ({ layoutSelectors, layoutActions }) =>
    system.React.createElement("input", {
      className: "page-filter",
      type: "search",
      placeholder: word("filter"),
      "aria-label": word("filter"),
      value: layoutSelectors.currentFilter() || "",
      onChange: event => layoutActions.updateFilter(event.target.value),
    })

  return system => ({ fn: { opsFilter }, components: { FilterBox: FilterBox(system) } })
}
