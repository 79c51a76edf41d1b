"""AMQP 1.0 as bytes: types, frame bodies, frames.

Says nothing about what a queue does with them.
"""
