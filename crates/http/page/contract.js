// The contract, as little of it as is needed. Swagger UI merges and copies all it knows at every key that is pressed: so
// it knows each operation's first line, and the whole of those that somebody has opened.

const FIRST_LINE = ["operationId", "summary", "tags", "security", "deprecated"]

// The contract with the first line of every operation.
export function outline(contract) {
  const paths = {}
  for (const { path, method, operation } of operations(contract)) {
    paths[path] ??= {}
    paths[path][method] = Object.fromEntries(
      FIRST_LINE.filter(member => member in operation).map(member => [member, operation[member]]),
    )
  }
  const { securitySchemes } = contract.components
  return { ...contract, paths, components: { securitySchemes } }
}

// Every operation with its address.
export function operations(contract) {
  return Object.entries(contract.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  )
}

// A part of the contract with what it refers to in place. No schema refers to itself.
export function resolved(contract, part) {
  if (Array.isArray(part)) {
    return part.map(item => resolved(contract, item))
  }
  if (part === null || typeof part !== "object") {
    return part
  }
  if (part.$ref) {
    const names = part.$ref.slice(2).split("/")
    const found = names.reduce((value, name) => value[name], contract)
    const title = names[1] === "schemas" ? { title: names[2] } : {}
    return { ...title, ...resolved(contract, found) }
  }
  const members = Object.entries(part).map(([name, value]) => [
    name,
    // Examples are data: nothing in them is a reference.
    name.startsWith("example") ? value : resolved(contract, value),
  ])
  return Object.fromEntries(members)
}

// Has an operation that is opened read from the contract at hand.
export function contractPlugin(contract) {
  const requestResolvedSubtree = (original, { specActions }) => place => {
    const [root, path, method] = place
    const operation = root === "paths" && contract.paths[path]?.[method]
    return operation ? specActions.updateResolvedSubtree(place, resolved(contract, operation)) : original(place)
  }
  return { statePlugins: { spec: { wrapActions: { requestResolvedSubtree } } } }
}
