package org.backpropaganda.experiments.run;

import java.nio.file.Path;
import java.util.Locale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * All that decides a run, but for its strategy. The names are those of the command line and of {@code report.json}.
 *
 * @param steps training steps, where no epochs are given
 * @param epochs passes over the training set, or 0 for {@code steps}
 */
public record RunConfig(
        String model,
        int depth,
        int width,
        int stemStride,
        int batch,
        int steps,
        long seed,
        int modules,
        String optimizer,
        double lr,
        double weightDecay,
        String schedule,
        int epochs,
        boolean augment,
        String data,
        @Nullable String dataDir,
        int threads,
        String dtype) {
    /** Checks what needs no data to be checked. */
    public RunConfig {
        require(batch >= 2, "batch " + batch + " is below 2, and batch norm needs two images");
        require(batch <= 1 << 20, "batch " + batch + " is above 1048576");
        require(steps >= 1, "steps " + steps + " is below 1");
        require(epochs >= 0, "epochs " + epochs + " is below 0");
        require(
                threads >= 1 && threads <= Engine.MOST_THREADS,
                "threads " + threads + " is not within 1 and " + Engine.MOST_THREADS);
        require(lr >= 0 && Double.isFinite(lr), "learning rate " + lr + " is not a finite number of at least 0");
        require(
                weightDecay >= 0 && Double.isFinite(weightDecay),
                "weight decay " + weightDecay + " is not a finite number of at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new UserException(message);
        }
    }

    /** The same run cut off after its first step. */
    public RunConfig oneStep() {
        return with(1, 0, dtype);
    }

    /** The same run in double. */
    public RunConfig inDouble() {
        return with(steps, epochs, "double");
    }

    private RunConfig with(int steps, int epochs, String dtype) {
        return new RunConfig(
                model,
                depth,
                width,
                stemStride,
                batch,
                steps,
                seed,
                modules,
                optimizer,
                lr,
                weightDecay,
                schedule,
                epochs,
                augment,
                data,
                dataDir,
                threads,
                dtype);
    }

    /** Whether a number of epochs was asked for. */
    public boolean trainsByEpochs() {
        return epochs > 0;
    }

    /** The directory of the data, or null. */
    public @Nullable Path dataPath() {
        return dataDir == null ? null : Path.of(dataDir);
    }

    /** The model for images of a shape. */
    public ModelSpec spec(int height, int columns, int channels, int classes) {
        return new ModelSpec(
                kind(model),
                depth,
                width,
                stemStride,
                modules,
                height,
                columns,
                channels,
                classes,
                type(),
                ModelSpec.LEAKY);
    }

    /** The model without data, to check strategies against. */
    public ModelSpec specWithoutData() {
        return spec(32, 32, 3, 10);
    }

    /** How many blocks a model of a depth has; 0 for a depth that no model has. */
    public static int blocks(String model, int depth) {
        return ModelSpec.blocks(kind(model), depth);
    }

    private static ModelSpec.Kind kind(String model) {
        return switch (model) {
            case "revnet" -> ModelSpec.Kind.REVNET;
            case "resnet" -> ModelSpec.Kind.RESNET;
            case "mlp" -> ModelSpec.Kind.MLP;
            default -> throw new UserException("unknown model '" + model + "': choose revnet, resnet or mlp");
        };
    }

    private DType type() {
        return switch (dtype) {
            case "float", "double" -> DType.valueOf(dtype.toUpperCase(Locale.ROOT));
            default -> throw new UserException("unknown dtype '" + dtype + "': choose float or double");
        };
    }
}
