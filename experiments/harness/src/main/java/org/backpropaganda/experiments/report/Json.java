package org.backpropaganda.experiments.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** Reads and writes values as JSON. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .addModule(new SimpleModule()
                    .addSerializer(Double.class, new Finite())
                    .addSerializer(double.class, new Finite()))
            .build();

    /** JSON has no word for NaN and infinities: null stands for them. */
    private static final class Finite extends ValueSerializer<Double> {
        @Override
        public void serialize(Double value, JsonGenerator out, SerializationContext context) {
            if (Double.isFinite(value)) {
                out.writeNumber(value);
            } else {
                out.writeNull();
            }
        }
    }

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
