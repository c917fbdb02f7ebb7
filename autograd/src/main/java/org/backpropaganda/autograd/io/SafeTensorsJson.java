package org.backpropaganda.autograd.io;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** Reads the JSON of a safetensors header: exactly its three levels, every name once. */
final class SafeTensorsJson {
    static final String METADATA = "__metadata__";

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(3).build())
            .build();

    private final Path file;
    private final JsonParser parser;
    private final Map<String, String> metadata;
    private final List<SafeTensorsHeader.Entry> entries = new ArrayList<>();

    private SafeTensorsJson(Path file, JsonParser parser, Map<String, String> metadata) {
        this.file = file;
        this.parser = parser;
        this.metadata = metadata;
    }

    static List<SafeTensorsHeader.Entry> parse(Path file, String text, Map<String, String> metadata)
            throws TensorFileException {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            SafeTensorsJson json = new SafeTensorsJson(file, parser, metadata);
            json.header();
            return json.entries;
        } catch (JacksonException e) {
            throw new TensorFileException(file, "the header is no such JSON: " + e.getOriginalMessage(), e);
        }
    }

    private void header() throws TensorFileException {
        expect(JsonToken.START_OBJECT, "the header");
        for (String name = name(); name != null; name = name()) {
            if (name.equals(METADATA)) {
                metadata();
            } else {
                entries.add(entry(name));
            }
        }
        if (parser.nextToken() != null) {
            throw new TensorFileException(file, "something follows the header's JSON");
        }
    }

    private void metadata() throws TensorFileException {
        expect(JsonToken.START_OBJECT, METADATA);
        for (String key = name(); key != null; key = name()) {
            expect(JsonToken.VALUE_STRING, METADATA + " \"" + key + "\"");
            metadata.put(key, parser.getString());
        }
    }

    private SafeTensorsHeader.Entry entry(String name) throws TensorFileException {
        String named = "tensor \"" + name + "\"";
        expect(JsonToken.START_OBJECT, named);
        StoredType type = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        for (String field = name(); field != null; field = name()) {
            switch (field) {
                case "dtype" -> type = type(named);
                case "shape" -> shape = sizes(named + ": shape");
                case "data_offsets" -> offsets = sizes(named + ": data_offsets");
                default -> throw new TensorFileException(file, named + ": unknown field \"" + field + "\"");
            }
        }
        if (type == null || shape == null || offsets == null || offsets.size() != 2) {
            throw new TensorFileException(file, named + " lacks dtype, shape or two data_offsets");
        }
        return new SafeTensorsHeader.Entry(new StoredTensor(name, type, shape), offsets.get(0), offsets.get(1));
    }

    private StoredType type(String named) throws TensorFileException {
        expect(JsonToken.VALUE_STRING, named + ": dtype");
        String text = parser.getString();
        for (StoredType type : StoredType.values()) {
            if (type.name().equals(text)) {
                return type;
            }
        }
        throw new TensorFileException(file, named + ": unknown dtype \"" + text + "\"");
    }

    private List<Long> sizes(String named) throws TensorFileException {
        expect(JsonToken.START_ARRAY, named);
        List<Long> sizes = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || parser.getLongValue() < 0) {
                throw new TensorFileException(
                        file, named + ": expected a whole number, found " + parser.currentToken());
            }
            sizes.add(parser.getLongValue());
        }
        return sizes;
    }

    /** The next name in the object, or null at its end. */
    private @Nullable String name() {
        return parser.nextToken() == JsonToken.PROPERTY_NAME ? parser.currentName() : null;
    }

    private void expect(JsonToken token, String what) throws TensorFileException {
        JsonToken found = parser.nextToken();
        if (found != token) {
            throw new TensorFileException(file, what + ": expected " + token + ", found " + found);
        }
    }
}
