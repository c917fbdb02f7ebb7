package org.backpropaganda.experiments.page;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.module.SimpleModule;

/** How numbers are written as JSON, which has no word for NaN and infinities: null stands for them. */
public final class FiniteNumbers extends SimpleModule {
    private static final long serialVersionUID = 1;

    /** For a mapper to have. */
    public FiniteNumbers() {
        addSerializer(Double.class, new Finite());
        addSerializer(double.class, new Finite());
    }

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
}
