// An engine with a bug that shows while it starts.
throw new TypeError('cannot read token=c4nary of undefined')
