"""The codec from Python: plain dictionaries in and out, and the component between them. Needs wasmtime.

A record is a dictionary with Python's underscores in its names; what may be missing is left out. A variant is a
dictionary with one name, or that name alone where the case carries nothing.
"""

from wasmtime import Engine, Store
from wasmtime.component import (
    Bool,
    Component,
    Linker,
    ListType,
    OptionType,
    Record,
    RecordType,
    TupleType,
    Variant,
    VariantType,
)

INTERFACE = "llm:provider/codec@0.1.0"


class CodecError(Exception):
    """`error` of the package's types, as `told`."""

    def __init__(self, told):
        super().__init__(told["message"])
        self.told = told


class Codec:
    """One instance. Of calls it remembers how far the clock is off and how many retries there may be."""

    def __init__(self, path):
        engine = Engine()
        self.store = Store(engine)
        # No import to satisfy: the codec does no I/O.
        self.instance = Linker(engine).instantiate(self.store, Component.from_file(engine, str(path)))

    def prepare(self, request, context, operation, now):
        """A request to send and the state for its answer."""
        return self.call("prepare", request, context, operation, now)

    def decode_response(self, state, status, headers, body):
        return self.call("decode-response", state, status, headers, body)

    def decode_count(self, state, status, headers, body):
        return self.call("decode-count", state, status, headers, body)

    def decoder(self, state, status, headers):
        return Decoder(self, self.call("[constructor]decoder", state, status, headers))

    def begin(self, request, context, operation, now):
        return Call(self, self.invoke("[constructor]call", request, context, operation, now))

    def call(self, name, *arguments):
        result = self.invoke(name, *arguments)
        told = lifted(result)
        # `result` is a variant only where both of its cases look alike in Python.
        if isinstance(result, Variant):
            ((case, told),) = told.items()
            if case == "err":
                raise CodecError(told)
        elif isinstance(result, Record):
            raise CodecError(told)
        return told

    def invoke(self, name, *arguments):
        interface = self.instance.get_export_index(self.store, INTERFACE)
        function = self.instance.get_func(self.store, self.instance.get_export_index(self.store, name, interface))
        types = [kind for _, kind in function.type(self.store).params]
        return function(self.store, *map(lowered, types, arguments))


class Resource:
    """One of the component's, until the end of the block."""

    def __init__(self, codec, resource):
        self.codec, self.resource = codec, resource

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.resource.drop(self.codec.store)


class Call(Resource):
    """A whole call, step by step."""

    def next(self, now, random):
        """The name of the next step, and what it carries."""
        step = lifted(self.codec.invoke("[method]call.next", self.resource, now, random))
        return (step, None) if isinstance(step, str) else next(iter(step.items()))

    def on(self, event):
        """What came of it: a name, or a dictionary of one."""
        self.codec.invoke("[method]call.on", self.resource, event)


class Decoder(Resource):
    """The answer of a stream, as its bytes arrive."""

    def push(self, data):
        """The chunks that these bytes complete."""
        return self.codec.call("[method]decoder.push", self.resource, data)

    def finish(self):
        """The last chunks, or the error that the stream ended with."""
        return self.codec.call("[method]decoder.finish", self.resource)


def lowered(kind, value):
    if isinstance(kind, OptionType):
        return None if value is None else lowered(kind.payload, value)
    if isinstance(kind, RecordType):
        rest, record = dict(value or {}), Record()
        for name, member in kind.fields:
            setattr(record, name, lowered(member, rest.pop(name.replace("-", "_"), None)))
        if rest:
            raise TypeError(f"there is no field {', '.join(rest)}")
        return record
    if isinstance(kind, VariantType):
        tag, payload = (value, None) if isinstance(value, str) else next(iter(value.items()))
        tag = tag.replace("_", "-")
        member = dict(kind.cases).get(tag)
        return Variant(tag, member and lowered(member, payload))
    if isinstance(kind, ListType) and not isinstance(value, bytes):
        return [lowered(kind.element, item) for item in value or []]
    if isinstance(kind, TupleType):
        return tuple(map(lowered, kind.elements, value))
    if isinstance(kind, Bool):
        return bool(value)
    return value


def lifted(value):
    if isinstance(value, Record):
        return {name.replace("-", "_"): lifted(member) for name, member in vars(value).items()}
    if isinstance(value, Variant):
        tag = value.tag.replace("-", "_")
        return tag if value.payload is None else {tag: lifted(value.payload)}
    if isinstance(value, list):
        return [lifted(item) for item in value]
    return value
