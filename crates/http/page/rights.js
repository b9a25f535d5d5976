// Rights: whoever has logged in sees what their role may do, and nothing else. The server decides all the same.

const NOBODY = null

// True when somebody may call an operation, by what the contract says of it.
export function may(me, operation) {
  const needed = operation["x-required-roles"]
  if (me === NOBODY || !needed) {
    return true
  }
  return needed.roles.includes(me.role) && !(needed.whole_province && me.agency)
}

export function rights(contract) {
  const allowed = (me, operation) => may(me, contract.paths[operation.get("path")][operation.get("method")])
  const taggedOperations = (original, { rightsSelectors }) => (_state, ...rest) => {
    const me = rightsSelectors.me()
    return original(...rest)
      .map(tag => tag.update("operations", list => list.filter(operation => allowed(me, operation))))
      .filter(tag => tag.get("operations").size > 0)
  }
  return {
    statePlugins: {
      rights: {
        actions: { changed: me => ({ type: "rights_changed", payload: me }) },
        reducers: { rights_changed: (state, { payload }) => state.set("me", payload) },
        selectors: { me: state => state.get("me") ?? NOBODY },
      },
      spec: { wrapSelectors: { taggedOperations } },
    },
  }
}
