package org.backpropaganda.experiments.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.experiments.page.FiniteNumbers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads and writes values as JSON. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .addModule(new FiniteNumbers())
            .build();

    private Json() {}

    /** Writes a value to a file. */
    public static void write(Path file, Object value) {
        MAPPER.writeValue(file.toFile(), value);
    }

    /** A value as text. */
    public static String text(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** The settings of a record by the names that its file has, and those alone that there are. */
    public static Map<String, String> settings(Object value) {
        Map<String, String> settings = new LinkedHashMap<>();
        JsonNode tree = MAPPER.valueToTree(value);
        tree.properties().stream()
                .filter(each -> !each.getValue().isNull())
                .forEach(each -> settings.put(each.getKey(), each.getValue().asString()));
        return settings;
    }

    /** Reads a value from a file. */
    public static <T> T read(Path file, Class<T> type) {
        return MAPPER.readValue(file.toFile(), type);
    }
}
