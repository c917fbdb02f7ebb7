package org.backpropaganda.autograd.tensor;

/** A {@linkplain Engine#service service} that keeps native memory which no tensor owns. */
public interface NativeCache extends AutoCloseable {

    /** How many bytes it keeps now, exactly or by a stated estimate. */
    long nativeBytes();

    @Override
    void close();
}
